import { InspectionProblem } from './inspection.problem';
import { OnnxReport } from './onnx.report';

/** The verdict on the model file of a version, fixed with it for good. */
export interface ModelInspection {
  /** `clean`: it may be opened. `refused`: it never may, for the problems listed. */
  readonly verdict: 'clean' | 'refused';
  /** Of the file that was looked at, lower-case hex. */
  readonly sha256: string;
  readonly problems: readonly InspectionProblem[];
  /** Null where the file could not be read to its end. */
  readonly report: OnnxReport | null;
  /** Who signed it; null where nobody had to. */
  readonly signedBy: { readonly id: string; readonly name: string } | null;
  /** Of the inspection; `INSPECTION_REVISION` at that time. */
  readonly revision: number;
}
