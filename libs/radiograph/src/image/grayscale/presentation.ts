/**
 * Whether white and black change places at the end of the pipeline. A Presentation LUT Shape (2050,0020) decides
 * alone where there is one, since it says how the values become P-Values, of which 0 is always black (PS3.3 C.11.6,
 * and the DX Image Module C.8.11.3, which asks for INVERSE with MONOCHROME1). Otherwise MONOCHROME1 inverts (C.7.6.3.1.2).
 */
export function isInverted(photometric: string, presentationLutShape: string | undefined): boolean {
  if (presentationLutShape === 'INVERSE') return true;
  if (presentationLutShape === 'IDENTITY') return false;
  return photometric === 'MONOCHROME1';
}
