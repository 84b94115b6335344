import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawPhantom } from '@thorax/radiograph';
import { pngFile } from '@thorax/radiograph/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startApplication } from './testing/start-application';

const CHROMIUM = '/usr/bin/chromium';
const hasChromium = existsSync(CHROMIUM);
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Answer {
  id: string;
  predictions: { class: string; confidence: number }[];
  review_flag: { flagged: boolean };
}

jest.setTimeout(120_000);

if (!hasChromium)
  it.skip(`reads a radiograph in a browser (skipped: ${CHROMIUM} is absent; apt-get install chromium)`, () =>
    undefined);

(hasChromium ? describe : describe.skip)('the reading page', () => {
  let app: Awaited<ReturnType<typeof startApplication>>;
  let browser: Browser;
  let page: Page;
  let folder: string;
  let phantomFile: string;
  let violations: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thorax-reading-page-'));
    phantomFile = join(folder, 'phantom.png');
    const { width, height, pixels } = drawPhantom({ seed: 11, findingCount: 4 });
    await writeFile(
      phantomFile,
      await pngFile({ width, height, samples: pixels.map((value) => value * 16) }),
    );
    app = await startApplication({});
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    violations = [];
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('pageerror', (error) => violations.push(error.message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text());
    });
    await page.goto(app.url);
  });

  afterEach(async () => {
    await page?.close();
    expect(violations).toEqual([]);
  });

  const boxes = () => page.locator('[data-finding]');
  const picture = () => page.locator('.picture');
  const minimum = () => page.getByRole('slider', { name: 'Minimum confidence' });

  /** Drops the phantom on the page and waits until its picture is shown; returns what the API answered. */
  async function readPhantom(): Promise<Answer> {
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByLabel('Radiograph files').setInputFiles(phantomFile);
    const answer = (await (await answered).json()) as Answer;
    await page.locator('.stage[data-picture=shown]').waitFor();
    return answer;
  }

  const countFrom = (answer: Answer, confidence: number) =>
    answer.predictions.filter((finding) => finding.confidence >= confidence).length;

  it('says what to drop before there is anything to read', async () => {
    await page.getByRole('heading', { name: 'Drop a chest radiograph' }).waitFor();
    expect(await page.getByText('Not a medical device.').isVisible()).toBe(true);
  });

  it('draws the boxes that the API answered, at or above the minimum confidence', async () => {
    const answer = await readPhantom();
    expect(page.url()).toContain(`#/predictions/${answer.id}`);
    expect(await boxes().count()).toBe(countFrom(answer, Number(await minimum().inputValue())));
    for (const value of ['0', '0.5', '1']) {
      await minimum().fill(value);
      expect(await boxes().count()).toBe(countFrom(answer, Number(value)));
    }
    if (countFrom(answer, 1) === 0) {
      expect(await page.getByText('This does not mean the radiograph is normal.').isVisible()).toBe(true);
    }
  });

  it('hides and shows all boxes with H', async () => {
    const answer = await readPhantom();
    await minimum().fill('0');
    await page.keyboard.press('h');
    expect(await boxes().count()).toBe(0);
    await page.keyboard.press('h');
    expect(await boxes().count()).toBe(answer.predictions.length);
  });

  it('changes the greys of the picture and resets them', async () => {
    await readPhantom();
    expect(await picture().getAttribute('style')).toContain('filter: none');
    await page.getByRole('slider', { name: 'Brightness' }).fill('30');
    const brightened = await picture().getAttribute('style');
    expect(brightened).toContain('filter: url(');
    await page.keyboard.press('i');
    expect(await picture().getAttribute('style')).not.toBe(brightened);
    await page.keyboard.press('r');
    expect(await picture().getAttribute('style')).toContain('filter: none');
  });

  it('zooms with the keyboard and fits again', async () => {
    await readPhantom();
    const fitted = await picture().getAttribute('style');
    await page.keyboard.press('+');
    expect(await picture().getAttribute('style')).not.toBe(fitted);
    await page.keyboard.press('0');
    expect(await picture().getAttribute('style')).toBe(fitted);
  });

  it('keeps a flag, and opens the same reading after a reload', async () => {
    const { id } = await readPhantom();
    await page.keyboard.press('f');
    await page.getByRole('button', { name: 'Remove flag' }).waitFor();
    await page.getByLabel('Comment for the reviewer').fill('Left base, please.');
    await page.getByRole('button', { name: 'Save comment' }).click();
    await page.getByRole('button', { name: 'Saved' }).waitFor();
    await page.reload();
    await page.locator('.stage[data-picture=shown]').waitFor();
    expect(page.url()).toContain(id);
    expect(await page.getByLabel('Comment for the reviewer').inputValue()).toBe('Left base, please.');
    const stored = (await (await fetch(`${app.url}/api/v1/predictions/${id}`)).json()) as Answer;
    expect(stored.review_flag.flagged).toBe(true);
    await page.getByRole('button', { name: 'Remove flag' }).click();
    await page.getByRole('button', { name: /^Flag for review/ }).waitFor();
  });

  it('shows why a file was refused', async () => {
    const notes = join(folder, 'notes.jpg');
    await writeFile(notes, 'These are notes, not a radiograph.');
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByLabel('Radiograph files').setInputFiles(notes);
    const problem = (await (await answered).json()) as { title: string; remedy: string };
    const notice = page.getByRole('alert');
    await notice.getByRole('heading', { name: problem.title }).waitFor();
    expect(await notice.textContent()).toContain(problem.remedy);
    expect(await boxes().count()).toBe(0);
  });
});
