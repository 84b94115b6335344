import { ApiProperty } from '@nestjs/swagger';
import { ModelCard } from '@thorax/registry';

const nullableText = { type: String, nullable: true } as const;

/** What is recorded of a model version. */
export class ModelCardDto {
  @ApiProperty()
  caution!: string;

  @ApiProperty({ example: 'detector' })
  name!: string;

  @ApiProperty({ example: 3 })
  version!: number;

  @ApiProperty()
  description!: string;

  @ApiProperty({ example: 'Staging' })
  stage!: string;

  @ApiProperty({ format: 'date-time' })
  registered_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  @ApiProperty({ example: 'runs:/0123/model' })
  source!: string;

  @ApiProperty(nullableText)
  run_id!: string | null;

  @ApiProperty({ ...nullableText, description: 'Commit of the code that trained it.' })
  code_version!: string | null;

  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'The version it was made from: name and version.',
  })
  parent!: object | null;

  @ApiProperty({ ...nullableText, description: 'As the model file states it.', example: 'detect' })
  task!: string | null;

  @ApiProperty({ ...nullableText, description: 'As the model file states it.' })
  licence!: string | null;

  @ApiProperty({ type: Object, nullable: true, description: 'sha256 and size_bytes of the ONNX file.' })
  file!: object | null;

  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'Opsets, nodes, inputs and outputs, read in the file.',
  })
  format!: object | null;

  @ApiProperty({
    type: Object,
    nullable: true,
    description: 'The verdict on the file, with the reasons against it.',
  })
  inspection!: object | null;

  @ApiProperty({ type: [Object], description: 'name and threshold, in the order of class ids.' })
  classes!: object[];

  @ApiProperty({ type: [Object], description: 'name, value and dataset.' })
  metrics!: object[];

  @ApiProperty({ type: [Object], description: 'name and digest.' })
  datasets!: object[];

  @ApiProperty({ type: [Object], description: 'key and value.' })
  tags!: object[];

  @ApiProperty({ type: [String] })
  aliases!: string[];

  @ApiProperty({ type: [Object], description: 'from, to, move, actor, reason and at; the first step first.' })
  history!: object[];

  static from(card: ModelCard): ModelCardDto {
    return snakeCased(card) as ModelCardDto;
  }
}

/** Names as this API writes them; names within values are nobody's to change. */
function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(content),
    ]),
  );
}
