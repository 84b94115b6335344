export * from './errors';
export type {
  Dataset,
  DatasetInput,
  Experiment,
  KeyValue,
  LifecycleStage,
  LogBatch,
  Metric,
  Run,
  RunInfo,
  RunModel,
  RunStatus,
  ViewType,
} from './tracking/tracking.types';
export { RUN_STATUSES } from './tracking/tracking.types';
export { TRACKING_LIMITS } from './tracking/tracking.rules';
export { ExperimentRepository } from './persistence/experiment.repository';
export type { NewExperiment } from './persistence/experiment.repository';
export { RunRepository } from './persistence/run.repository';
export type { NewRun, RunUpdate } from './persistence/run.repository';
export { RunLogRepository } from './persistence/run-log.repository';
export type { MetricPage } from './persistence/run-log.repository';
export { decodePageToken, encodePageToken } from './search/page-token';
export type { Page } from './search/page-token';
export { ownArtifactPath } from './artifacts/artifact-path';
export { ARTIFACT_KEY_PREFIX, ArtifactStore } from './artifacts/artifact.store';
export type { OpenArtifact } from './artifacts/artifact.store';
export { ArtifactDamagedError } from './artifacts/artifact-damaged.error';
export { ArtifactTooLargeError } from './artifacts/artifact-too-large.error';
export { ArtifactRepository } from './persistence/artifact.repository';
export type { ArtifactEntry, StoredArtifact } from './persistence/artifact.repository';
export type { SearchRequest, SearchResult } from './search/search.request';
export { TrackingSearch } from './persistence/tracking.search';
export { renderCard } from './cards/card.markdown';
export { BOM_MEDIA_TYPE, bomOf } from './cards/cyclonedx.bom';
export { CARD_CAUTION, modelCardOf } from './cards/model.card';
export type { CardTransition, ModelCard, ModelFormat } from './cards/model.card';
export { LOGGED_MODEL_STATUSES } from './models/logged-model.types';
export type { LoggedModel, LoggedModelStatus, NewLoggedModel } from './models/logged-model.types';
export { LoggedModelRepository } from './persistence/logged-model.repository';
export type { MeasuredDataset } from './persistence/logged-model.repository';
export { versionNumberOf } from './models/model.rules';
export type {
  ModelContents,
  ModelVersion,
  NewModelVersion,
  RegisteredModel,
  StageTransition,
  TransitionGrounds,
  TransitionRequest,
} from './models/registered-model.types';
export { readSigningKeys } from './inspection/folder.signing-keys';
export { INSPECTION_POLICY, INSPECTION_REVISION } from './inspection/inspection.policy';
export type { InspectionPolicy, ReadingLimits } from './inspection/inspection.policy';
export { PROBLEM_CODES } from './inspection/inspection.problem';
export type { InspectionProblem, ProblemCode } from './inspection/inspection.problem';
export { assertLoadable } from './inspection/loadable.policy';
export type { InspectedVersion, InspectionRule } from './inspection/loadable.policy';
export { LoadableModelReader } from './inspection/loadable-model.reader';
export type { LoadableModel } from './inspection/loadable-model.reader';
export { ModelNotLoadableError } from './inspection/model-not-loadable.error';
export type { ModelInspection } from './inspection/model.inspection';
export { ModelInspector } from './inspection/model.inspector';
export type { ModelInspectionOptions } from './inspection/model.inspector';
export { inspectOnnx } from './inspection/onnx.inspection';
export type { OnnxInspection } from './inspection/onnx.inspection';
export type { DeclaredValue, OnnxReport, OperatorCount } from './inspection/onnx.report';
export { checkSignature, signedMessage, signingKeyOf, SigningKeysError } from './inspection/signature';
export type { SignatureCheck, SigningKey } from './inspection/signature';
export { ModelSearch } from './persistence/model.search';
export { ModelSourceReader } from './persistence/model-source.reader';
export { ModelVersionRepository } from './persistence/model-version.repository';
export { RegisteredModelRepository } from './persistence/registered-model.repository';
export type { NewRegisteredModel } from './persistence/registered-model.repository';
export { ANONYMOUS_PREFIX, isOpen } from './gates/approval.rules';
export type { GateApproval, GateStanding } from './gates/approval.rules';
export type { EvaluationEvidence } from './gates/evaluation-evidence';
export { EVIDENCE_LIMITS, readEvidence } from './gates/evaluation-evidence.reader';
export {
  ApprovalRefusedError,
  EvidenceMismatchError,
  GateNotPassedError,
  InvalidEvidenceError,
  InvalidGatePolicyError,
} from './gates/gate.errors';
export type { GatePolicy } from './gates/gate.policy';
export { readGatePolicy } from './gates/gate-policy.reader';
export { judge } from './gates/gate.judge';
export type { CheckOutcome, GateCheck, GateDecision, GateReport } from './gates/gate.report';
export { gateReportMarkdown } from './gates/gate.report.md';
export type { GateRun, GateRunSummary } from './gates/gate-run.types';
export { PromotionGate } from './gates/promotion-gate';
export type { GateRequest, GateSurroundings } from './gates/promotion-gate';
export { describeHost } from './gates/this-host';
export { judgeInThread } from './gates/worker/judge.thread';
export type { Judge } from './gates/worker/judge.thread';
export { GateRunRepository } from './persistence/gate-run.repository';
export { decideTransition, isInUse, stageNamed, STAGES } from './stages/stage.machine';
export type { Move, Stage, StageRules, TransitionSituation } from './stages/stage.machine';
export * from './rollout/rollout.errors';
export { assignArm, expectedShares, isWithinShare, unitDigest } from './rollout/arm-assignment';
export type { AssignmentKey, ImageOwner, TrafficSplit, TreatmentWeight } from './rollout/arm-assignment';
export { mergeSummaries, NOTHING_SEEN, observe } from './rollout/arm.observations';
export type { ArmObservation, ArmSummary } from './rollout/arm.observations';
export { DEFAULT_ROLLOUT_PLAN_PATH, readRolloutPlan, rolloutPlanOf } from './rollout/rollout-plan.reader';
export { ROLLOUT_MODES } from './rollout/rollout.plan';
export type {
  Exposure,
  RolloutGuards,
  RolloutMode,
  RolloutPlan,
  RolloutStep,
  SequentialTestRules,
} from './rollout/rollout.plan';
export { analyse } from './rollout/rollout.analysis';
export type {
  Analysis,
  AnalysisState,
  ArmSummaries,
  Finding as RolloutFinding,
  GuardOutcome,
  Recommendation,
} from './rollout/rollout.analysis';
export {
  ACTIVE_STATUSES,
  exposureOf,
  isObserving,
  plannedState,
  ROLLOUT_EVENTS,
  ROLLOUT_STATUSES,
  transitionRollout,
} from './rollout/rollout.machine';
export type {
  RolloutEvent,
  RolloutEventKind,
  RolloutState,
  RolloutStatus,
  RolloutTransition,
} from './rollout/rollout.machine';
export type { IntervalObservations, NewRollout, Rollout } from './rollout/rollout.types';
export { RolloutRepository } from './persistence/rollout.repository';
export { agreementOf } from './rollout/statistics/box-agreement';
export type { BoxAgreement, ClassedBox } from './rollout/statistics/box-agreement';
export { ANALYSIS_ACTOR, eventOfAnalysis } from './rollout/rollout.decision';
