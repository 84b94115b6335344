import { warmUpImages } from './warm-up.images';

describe('warmUpImages', () => {
  it('gives the same images of the asked size each time', () => {
    const images = warmUpImages(96, 64);
    expect(images.map(({ length }) => length)).toEqual([96 * 64, 96 * 64, 96 * 64]);
    expect(warmUpImages(96, 64)).toEqual(images);
  });

  it('gives images with something on them', () => {
    for (const image of warmUpImages(64, 64)) expect(new Set(image).size).toBeGreaterThan(50);
  });
});
