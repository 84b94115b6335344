import type { GrayImage } from './gray-image';

/** Which grey level a sample stands for: `table[(sample >> shift) & mask]`, with `mask + 1` levels in the table. */
export interface GrayLevels {
  readonly table: Uint8Array;
  readonly shift: number;
  readonly mask: number;
}

/**
 * An image as its decoder left it: grey levels are looked up in samples, row by row like pixels, which may lie in the
 * bytes of the file. All of them are only when somebody asks for `pixels`; `letterbox` looks up what it reads.
 */
export class SampledImage implements GrayImage {
  private rendered?: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    readonly samples: Uint8Array | Uint16Array,
    readonly levels: GrayLevels,
  ) {}

  get pixels(): Uint8Array {
    return (this.rendered ??= this.render());
  }

  private render(): Uint8Array {
    const { samples } = this;
    const { table, shift, mask } = this.levels;
    const gray = new Uint8Array(samples.length);
    for (let i = 0; i < samples.length; i++) gray[i] = table[(samples[i] >> shift) & mask];
    return gray;
  }
}
