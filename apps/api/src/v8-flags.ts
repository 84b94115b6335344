import { setFlagsFromString } from 'node:v8';

/*
 * Images live in ArrayBuffers, outside V8's heap. Left to itself V8 collects its whole heap for every 64 MB of
 * them, which at saturation is once an image and a quarter of the CPU. With this flag they count towards the
 * heap's own limit instead, workers' included. Set before anything else is loaded; it costs some 100 MB of
 * resident memory under load.
 */
setFlagsFromString('--external-memory-accounted-in-global-limit');
