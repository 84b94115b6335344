import sharp from 'sharp';

// One decoder thread: parallelism belongs to the worker pool, and libvips' own cache would keep images of patients.
sharp.cache(false);
sharp.concurrency(1);
// Only two loaders stay: the others (TIFF, GIF, SVG, PDF, …) are attack surface that no radiograph needs.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer'] });

/** sharp, set up once for the process: JPEG and PNG from memory only, one thread, no cache. */
export { sharp };
