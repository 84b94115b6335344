import { readFile } from 'node:fs/promises';
import { InstanceConfig } from '../instance-config';
import { parseModelConfig } from '../model-config';

/** How many instances a configuration file asks for. Throws `InvalidModelConfigError` or the file system's error. */
export async function readInstanceConfig(
  configPath: string | undefined,
): Promise<InstanceConfig | undefined> {
  if (configPath === undefined) return undefined;
  return parseModelConfig(await readFile(configPath, 'utf8')).instances;
}
