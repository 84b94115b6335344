export { evidenceDocument } from './evidence.factory';
export type { EvidenceDocument, SyntheticEvaluation } from './evidence.factory';
export { rolloutPlan, rolloutStep } from './rollout-plan';
export { seededRandom } from './seeded-random';
export * from './onnx.file';
