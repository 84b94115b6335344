import { decodeCutHead, isCutHead } from '../graph/cut-head.layout';
import { OutputLayout } from '../output-layout';
import { decodeAnchorFree } from './anchor-free.layout';
import { decodeDetr } from './detr.layout';
import { decodeEndToEnd } from './end-to-end.layout';
import { LayoutDecoder } from './layout-decoder';
import { decodeYolox } from './yolox.layout';

/** A prepared graph ends where its head began: the rest is done here, for what is above the threshold alone. */
const decodeWholeOrCutHead: LayoutDecoder = (outputs, index, context) =>
  (isCutHead(outputs) ? decodeCutHead : decodeAnchorFree)(outputs, index, context);

/** The decoder of each layout, and whether its boxes still overlap and need suppression. */
export const LAYOUT_DECODERS: Record<OutputLayout, { decode: LayoutDecoder; needsSuppression: boolean }> = {
  'anchor-free': { decode: decodeWholeOrCutHead, needsSuppression: true },
  'end-to-end': { decode: decodeEndToEnd, needsSuppression: false },
  yolox: { decode: decodeYolox, needsSuppression: true },
  'rt-detr': { decode: decodeDetr, needsSuppression: false },
  'detr-sigmoid': { decode: decodeDetr, needsSuppression: false },
  'detr-softmax': { decode: decodeDetr, needsSuppression: false },
};
