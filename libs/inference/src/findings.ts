import { boxToSource, LetterboxTransform, nonMaximumSuppression } from '@thorax/radiograph';
import { Finding } from './detection';
import { LAYOUT_DECODERS } from './layouts/decoders';
import { Candidate, hasArea } from './layouts/layout-decoder';
import { ModelDescription } from './model-description';

const MAX_FINDINGS = 300;

/** What of a model decides which candidates become findings, their thresholds apart. */
export type SuppressionRules = Pick<ModelDescription, 'classes' | 'iouThreshold' | 'layout'>;

/** The findings among candidates, whose order does not matter: by falling confidence, in pixels of the source. */
export function findingsOf(
  candidates: readonly Candidate[],
  transform: LetterboxTransform,
  { classes, iouThreshold, layout }: SuppressionRules,
): Finding[] {
  return nonMaximumSuppression(candidates, {
    iouThreshold: LAYOUT_DECODERS[layout].needsSuppression ? iouThreshold : 1,
    maxKept: MAX_FINDINGS,
  })
    .map(({ box, confidence, classIndex }) => ({
      class: classes[classIndex]!,
      classIndex,
      confidence: Math.min(confidence, 1),
      box: boxToSource(box, transform),
    }))
    .filter((finding) => hasArea(finding.box));
}
