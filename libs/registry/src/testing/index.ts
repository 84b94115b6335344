export { rolloutPlan, rolloutStep } from './rollout-plan';
export { seededRandom } from './seeded-random';
export * from './onnx.file';
