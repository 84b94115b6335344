import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderApiDescription } from '../http/api-description';

/** Where the checked-in description lives; `npm run openapi` renews it, a test compares it. */
const target = join(__dirname, '../../openapi.json');

void renderApiDescription().then((text) => writeFile(target, text));
