import { useState, type RefObject } from 'react';
import { radiographUrl } from '../api/client';
import type { Prediction } from '../api/prediction';
import { countText } from '../findings/finding-filter';
import type { FindingsControl } from '../findings/use-findings';
import { FindingOverlay } from './FindingOverlay';
import type { DisplayControl } from './use-display';
import { usePointerGestures } from './use-pointer-gestures';
import type { ViewportControl } from './use-viewport';
import { percentText } from './viewport';
import { WindowFilter, windowFilter } from './WindowFilter';
import { windowText } from './window-level';

interface RadiographProps {
  prediction: Prediction;
  findings: FindingsControl;
  display: DisplayControl;
  view: ViewportControl;
  stageElement: RefObject<HTMLDivElement | null>;
}

type PictureState = 'loading' | 'shown' | 'missing';

/** The picture with what the model points at drawn over it. */
export function Radiograph({ prediction, findings, display, view, stageElement }: RadiographProps) {
  const [picture, setPicture] = useState<PictureState>('loading');
  const gestures = usePointerGestures(stageElement, {
    onPan: view.pan,
    onZoom: view.zoom,
    onWindow: display.drag,
  });
  const { viewport, stage } = view;
  const { width, height } = prediction.image;
  const { window, inverted } = display;
  return (
    <div ref={stageElement} className="stage" data-picture={picture} onDoubleClick={view.fit} {...gestures}>
      <WindowFilter window={window} inverted={inverted} />
      <img
        className="picture"
        src={radiographUrl(prediction.id)}
        width={width}
        height={height}
        alt={`Chest radiograph; ${countText(findings.shown.length, findings.all.length)} in the list of findings`}
        draggable={false}
        onLoad={() => setPicture('shown')}
        onError={() => setPicture('missing')}
        style={{
          transform: `translate(${viewport.x}px, ${viewport.y}px) scale(${viewport.scale})`,
          filter: windowFilter({ window, inverted }),
        }}
      />
      {display.boxesShown && picture === 'shown' && stage.width > 0 && (
        <FindingOverlay control={findings} image={prediction.image} stage={stage} viewport={viewport} />
      )}
      <p className="stage-corner">
        <span>Zoom {percentText(viewport)}</span>
        <span>{windowText(window)}</span>
      </p>
      {picture === 'loading' && <p className="stage-note">Loading the picture…</p>}
      {picture === 'missing' && (
        <p className="stage-note" role="alert">
          The picture is no longer available. The findings below were read from it; their boxes cannot be
          drawn.
        </p>
      )}
    </div>
  );
}
