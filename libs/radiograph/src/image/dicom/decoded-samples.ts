/** Raw samples of one frame, before the grayscale pipeline. */
export interface DecodedSamples {
  readonly samples: Uint8Array | Uint16Array;
  /** How several samples a pixel lie in `samples`; of no meaning for grey. */
  readonly layout: 'pixel' | 'plane' | 'ybr422';
  /** The decoder has already turned colour into grey or RGB, whatever the header says. */
  readonly colour?: 'gray' | 'rgb';
}
