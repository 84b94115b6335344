/** The part of dcmjs, which ships without types, that writes a file. */
declare module 'dcmjs' {
  export const data: {
    DicomMetaDictionary: {
      /** Keywords and plain values to tags, value representations and arrays. */
      denaturalizeDataset(dataset: Record<string, unknown>): Record<string, unknown>;
    };
    DicomDict: new (meta: Record<string, unknown>) => {
      dict: Record<string, unknown>;
      write(options?: Record<string, unknown>): ArrayBuffer;
    };
  };
}
