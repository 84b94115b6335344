import { createHash } from 'node:crypto';

/** All of the traffic. */
export const ALL_BASIS_POINTS = 10_000;

/** Who an image belongs to, as far as the request tells. Nothing of it is kept. */
export interface ImageOwner {
  /** DICOM's Patient ID (0010,0020). */
  readonly patientId?: string;
  /** DICOM's Study Instance UID (0020,000D). */
  readonly studyInstanceUid?: string;
  /** Lower-case hex, of the image as it was sent; what is left for images that name neither. */
  readonly imageSha256: string;
}

/** A named arm's part of the units outside control. */
export interface TreatmentWeight {
  readonly arm: string;
  /** Of 10 000 over all treatments. */
  readonly basisPoints: number;
}

/** How traffic divides. */
export interface TrafficSplit {
  /** Gets the units that no treatment gets. */
  readonly control: string;
  /** Units outside control, of 10 000. */
  readonly treatedBasisPoints: number;
  readonly treatments: readonly TreatmentWeight[];
}

/** What makes one experiment's assignment independent of another's. Neither holds NUL characters. */
export interface AssignmentKey {
  readonly salt: string;
  readonly experiment: string;
}

/**
 * SHA-256(salt ‖ 0 ‖ experiment ‖ 0 ‖ unit): stands for the unit in place of its identifiers.
 *
 * The one rule of what a unit is: the patient where the patient's ID is known, otherwise the study, otherwise the
 * image. Blanks and NUL characters at the ends, with which DICOM pads, do not count, nor does the ID's issuer: two
 * patients of two hospitals that share an ID share an arm, which harms nothing, whereas one patient whose images
 * name the issuer only at times would see both arms.
 *
 * Whoever knows the salt can try out patient IDs: keep digests no longer than the request, and never log them.
 */
export function unitDigest({ salt, experiment }: AssignmentKey, owner: ImageOwner): Buffer {
  return createHash('sha256')
    .update(`${salt}\0${experiment}\0${unitOf(owner)}`, 'utf8')
    .digest();
}

/**
 * The arm of a unit: a pure function of its digest and the split, so all replicas agree without talking.
 *
 * Sticky: the first 48 bits, modulo 10 000, are the bucket, and buckets below `treatedBasisPoints` are treated, so a
 * larger share only moves units out of control; the next 48 bits choose among treatments, so those who are treated
 * stay in their treatment as long as the treatments' weights stay.
 */
export function assignArm(
  { control, treatedBasisPoints, treatments }: TrafficSplit,
  digest: Uint8Array,
): string {
  if (bucketOf(digest) >= treatedBasisPoints) return control;
  const point = bucketOf(digest, 6);
  let below = 0;
  for (const { arm, basisPoints } of treatments) {
    below += basisPoints;
    if (point < below) return arm;
  }
  return control;
}

/** Whether a unit is one of this share, in basis points; the same units that {@link assignArm} treats at that share. */
export function isWithinShare(digest: Uint8Array, basisPoints: number): boolean {
  return bucketOf(digest) < basisPoints;
}

/** The share of units, 0..1, that each arm is meant to get; arms without any are left out. */
export function expectedShares({
  control,
  treatedBasisPoints,
  treatments,
}: TrafficSplit): Map<string, number> {
  const treated = treatedBasisPoints / ALL_BASIS_POINTS;
  const shares = new Map([[control, 1 - treated]]);
  for (const { arm, basisPoints } of treatments) shares.set(arm, (treated * basisPoints) / ALL_BASIS_POINTS);
  return new Map([...shares].filter(([, share]) => share > 0));
}

/** 0..9999; 48 bits make the modulo's bias less than 1 in 10¹⁰. */
function bucketOf(digest: Uint8Array, offset = 0): number {
  return (
    Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).readUIntBE(offset, 6) % ALL_BASIS_POINTS
  );
}

function unitOf({ patientId, studyInstanceUid, imageSha256 }: ImageOwner): string {
  const patient = withoutPadding(patientId);
  if (patient !== '') return `patient:${patient}`;
  const study = withoutPadding(studyInstanceUid);
  return study === '' ? `image:${imageSha256}` : `study:${study}`;
}

function withoutPadding(value = ''): string {
  return value.replace(/^[\s\0]+|[\s\0]+$/g, '');
}
