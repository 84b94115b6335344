/** What a header says that decides how to decode. */
export interface RasterHeader {
  width: number;
  height: number;
  /** More than 8 bits a sample. */
  deep: boolean;
  /** One colour channel (alpha not counted). */
  gray: boolean;
}
