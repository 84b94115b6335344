import { useSyncExternalStore } from 'react';
import { predictionIdFromHash, readingHash } from './route';

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

/** The reading in the address bar. */
export function useRoutedPredictionId(): string | null {
  return useSyncExternalStore(subscribe, () => predictionIdFromHash(window.location.hash));
}

export function closeReading(): void {
  window.location.hash = '#/';
}

export function openReading(id: string): void {
  window.location.hash = readingHash(id);
}
