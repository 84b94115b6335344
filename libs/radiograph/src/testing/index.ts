export * from './dicom-file';
export { type DicomAttributes, type DicomValue } from './dicom.writer';
export { hostileDicom, pngBombHeader, pngDecompressionBomb } from './hostile-file';
export * from './raster-file';
