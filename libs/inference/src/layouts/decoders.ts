import { isCutHead, readCutHead } from '../graph/cut-head.layout';
import { OutputLayout } from '../output-layout';
import { readAnchorFree } from './anchor-free.layout';
import { readDetr } from './detr.layout';
import { readEndToEnd } from './end-to-end.layout';
import { LayoutReader } from './layout-decoder';
import { readYolox } from './yolox.layout';

/** A prepared graph ends where its head began: the rest is done here, for what is above the threshold alone. */
const readWholeOrCutHead: LayoutReader = (outputs, index, context) =>
  (isCutHead(outputs) ? readCutHead : readAnchorFree)(outputs, index, context);

/** The reader of each layout, and whether its boxes still overlap and need suppression. */
export const LAYOUT_DECODERS: Record<OutputLayout, { read: LayoutReader; needsSuppression: boolean }> = {
  'anchor-free': { read: readWholeOrCutHead, needsSuppression: true },
  'end-to-end': { read: readEndToEnd, needsSuppression: false },
  yolox: { read: readYolox, needsSuppression: true },
  'rt-detr': { read: readDetr, needsSuppression: false },
  'detr-sigmoid': { read: readDetr, needsSuppression: false },
  'detr-softmax': { read: readDetr, needsSuppression: false },
};
