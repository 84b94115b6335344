import { ImageLimits, ProjectionPolicy } from '@thorax/radiograph';

/** What may be judged at all; plain data. */
export interface AdmissionRules {
  readonly limits?: Partial<ImageLimits>;
  readonly projection?: Partial<ProjectionPolicy>;
}
