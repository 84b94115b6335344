/** How reports call ONNX's own set of operators, which files call '' or `ai.onnx`. */
export const STANDARD_DOMAIN = 'ai.onnx';

/**
 * Operators of ONNX's own set that detectors are exported with, the quantised ones included. Left out is what none
 * needs and what lets a file run on for ever (`Loop`, `Scan`), answer differently each time (`RandomNormal`, …), or
 * deal in texts, sequences and coded images.
 */
export const STANDARD_OPERATORS: ReadonlySet<string> = new Set([
  // Arithmetic
  'Abs', 'Add', 'Ceil', 'Clip', 'Cos', 'Div', 'Erf', 'Exp', 'Floor', 'Log', 'Max', 'Mean', 'Min', 'Mod', 'Mul', 'Neg',
  'Pow', 'Reciprocal', 'Round', 'Sign', 'Sin', 'Sqrt', 'Sub', 'Sum',
  // Comparison and choice
  'And', 'Equal', 'Greater', 'GreaterOrEqual', 'If', 'IsInf', 'IsNaN', 'Less', 'LessOrEqual', 'Not', 'Or', 'Where', 'Xor',
  // Activation
  'Celu', 'Elu', 'Gelu', 'HardSigmoid', 'HardSwish', 'LeakyRelu', 'LogSoftmax', 'Mish', 'PRelu', 'Relu', 'Selu',
  'Sigmoid', 'Softmax', 'Softplus', 'Softsign', 'Swish', 'Tanh', 'ThresholdedRelu',
  // Convolution, pooling, normalisation, products
  'Attention', 'AveragePool', 'BatchNormalization', 'Conv', 'ConvTranspose', 'DeformConv', 'Dropout', 'Einsum', 'Gemm',
  'GlobalAveragePool', 'GlobalMaxPool', 'GroupNormalization', 'InstanceNormalization', 'LRN', 'LayerNormalization',
  'LpNormalization', 'LpPool', 'MatMul', 'MaxPool', 'RMSNormalization',
  // Reduction and order
  'ArgMax', 'ArgMin', 'CumSum', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean',
  'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare', 'TopK', 'Unique',
  // Shape and place
  'Cast', 'CastLike', 'CenterCropPad', 'Concat', 'Constant', 'ConstantOfShape', 'DepthToSpace', 'Expand', 'EyeLike',
  'Flatten', 'Gather', 'GatherElements', 'GatherND', 'Identity', 'NonZero', 'OneHot', 'Pad', 'Range', 'Reshape',
  'ReverseSequence', 'Scatter', 'ScatterElements', 'ScatterND', 'Shape', 'Size', 'Slice', 'SpaceToDepth', 'Split',
  'Squeeze', 'Tile', 'Transpose', 'Trilu', 'Unsqueeze',
  // Sampling and boxes
  'AffineGrid', 'GridSample', 'NonMaxSuppression', 'Resize', 'RoiAlign', 'Upsample',
  // Quantisation
  'ConvInteger', 'DequantizeLinear', 'DynamicQuantizeLinear', 'MatMulInteger', 'QLinearConv', 'QLinearMatMul',
  'QuantizeLinear',
]); // prettier-ignore
