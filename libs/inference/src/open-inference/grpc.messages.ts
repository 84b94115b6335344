/**
 * Messages of the Open Inference Protocol over gRPC, as `grpc.schema.ts` reads and writes them: fields have their
 * names of the wire, bytes are Buffers, 64-bit numbers are plain numbers (exact up to 2^53), enumerations are texts.
 * What is read has every field, absent ones with proto3's default; what is written may leave any out.
 */

export interface InferParameterMessage {
  readonly bool_param?: boolean;
  readonly int64_param?: number;
  readonly string_param?: string;
  readonly double_param?: number;
  readonly uint64_param?: number;
  /** Which one it is, in what is read. */
  readonly parameter_choice?: keyof InferParameterMessage;
}

export type InferParameters = Readonly<Record<string, InferParameterMessage>>;

export interface InferTensorContentsMessage {
  readonly bool_contents?: readonly boolean[];
  readonly int_contents?: readonly number[];
  readonly int64_contents?: readonly number[];
  readonly uint_contents?: readonly number[];
  readonly uint64_contents?: readonly number[];
  readonly fp32_contents?: readonly number[];
  readonly fp64_contents?: readonly number[];
  readonly bytes_contents?: readonly Uint8Array[];
}

/** An input of a request or an output of an answer; its elements are in `contents` or in the message's raw entries. */
export interface InferTensorMessage {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: InferParameters;
  readonly contents?: InferTensorContentsMessage | null;
}

export interface RequestedOutputMessage {
  readonly name: string;
  readonly parameters?: InferParameters;
}

export interface ModelInferRequestMessage {
  readonly model_name: string;
  /** Empty: whichever the server chooses. */
  readonly model_version?: string;
  readonly id?: string;
  readonly parameters?: InferParameters;
  readonly inputs: readonly InferTensorMessage[];
  /** Empty: all. */
  readonly outputs?: readonly RequestedOutputMessage[];
  /** One for each input, little-endian. */
  readonly raw_input_contents?: readonly Uint8Array[];
}

export interface ModelInferResponseMessage {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly parameters?: InferParameters;
  readonly outputs: readonly InferTensorMessage[];
  /** One for each output, little-endian. What is read are views into the received message. */
  readonly raw_output_contents: readonly Uint8Array[];
}

export interface ModelStreamInferResponseMessage {
  /** Empty when the request was answered. */
  readonly error_message?: string;
  readonly infer_response?: ModelInferResponseMessage | null;
}

/** No fields. */
export type EmptyMessage = Readonly<Record<string, never>>;

/** Names a model; an empty version is whichever the server chooses. */
export interface ModelNameMessage {
  readonly name: string;
  readonly version?: string;
}

export interface LiveMessage {
  readonly live: boolean;
}

export interface ReadyMessage {
  readonly ready: boolean;
}

export interface ServerMetadataMessage {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface TensorMetadataMessage {
  readonly name: string;
  readonly datatype: string;
  /** -1: any size. */
  readonly shape: readonly number[];
}

export interface ModelMetadataMessage {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadataMessage[];
  readonly outputs: readonly TensorMetadataMessage[];
}

/** A tensor of a model's configuration; dimensions without the batch where `max_batch_size` is above 0. */
export interface ConfigTensorMessage {
  readonly name: string;
  /** `TYPE_FP32` and the like. */
  readonly data_type: string;
  readonly dims: readonly number[];
  readonly optional?: boolean;
  readonly label_filename?: string;
}

export interface ModelConfigMessage {
  readonly name: string;
  readonly platform?: string;
  readonly backend?: string;
  /** 0: the model has no batch dimension. */
  readonly max_batch_size: number;
  readonly input: readonly ConfigTensorMessage[];
  readonly output: readonly ConfigTensorMessage[];
  readonly instance_group?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly count: number;
    readonly gpus?: readonly number[];
  }[];
  readonly dynamic_batching?: {
    readonly preferred_batch_size?: readonly number[];
    readonly max_queue_delay_microseconds?: number;
  } | null;
  readonly default_model_filename?: string;
  readonly parameters?: Readonly<Record<string, { readonly string_value: string }>>;
  readonly model_transaction_policy?: { readonly decoupled: boolean } | null;
  readonly response_cache?: { readonly enable: boolean } | null;
}

export interface ModelConfigResponseMessage {
  readonly config?: ModelConfigMessage | null;
}

export interface StatisticDurationMessage {
  readonly count: number;
  readonly ns: number;
}

export interface ModelStatisticsMessage {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly last_inference: number;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats?: Readonly<Record<string, StatisticDurationMessage>> | null;
  readonly batch_stats: readonly {
    readonly batch_size: number;
    readonly compute_input?: StatisticDurationMessage | null;
    readonly compute_infer?: StatisticDurationMessage | null;
    readonly compute_output?: StatisticDurationMessage | null;
  }[];
}

export interface ModelStatisticsResponseMessage {
  readonly model_stats: readonly ModelStatisticsMessage[];
}

export interface RepositoryIndexRequestMessage {
  readonly repository_name?: string;
  /** Only what is ready. */
  readonly ready?: boolean;
}

export interface RepositoryIndexResponseMessage {
  readonly models: readonly {
    readonly name: string;
    readonly version?: string;
    readonly state: string;
    readonly reason?: string;
  }[];
}

/** `RepositoryModelLoad` and `RepositoryModelUnload`. */
export interface RepositoryModelMessage {
  readonly repository_name?: string;
  readonly model_name: string;
  readonly parameters?: Readonly<
    Record<
      string,
      { bool_param?: boolean; int64_param?: number; string_param?: string; bytes_param?: Uint8Array }
    >
  >;
}

export interface TraceSettingRequestMessage {
  readonly settings?: Readonly<Record<string, { readonly value: readonly string[] }>>;
  readonly model_name?: string;
}

export interface TraceSettingResponseMessage {
  readonly settings: Readonly<Record<string, { readonly value: readonly string[] }>>;
}

export interface LogSettingsMessage {
  readonly settings?: Readonly<
    Record<string, { bool_param?: boolean; uint32_param?: number; string_param?: string }>
  >;
}
