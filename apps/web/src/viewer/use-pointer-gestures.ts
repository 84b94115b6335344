import { useEffect, useEffectEvent, useRef, type PointerEvent, type RefObject } from 'react';
import { wheelFactor, type Point } from './viewport';

export interface Gestures {
  onPan(by: Point): void;
  onZoom(factor: number, at: Point): void;
  onWindow(dx: number, dy: number): void;
}

/** Less than this is a click with an unsteady hand. */
const DRAG_STARTS_PX = 3;

interface Finger {
  at: Point;
  start: Point;
  dragging: boolean;
}

/** Left-drag pans, right-drag sets the window, the wheel and two fingers zoom. */
export function usePointerGestures(stage: RefObject<HTMLElement | null>, gestures: Gestures) {
  const fingers = useRef(new Map<number, Finger>());
  useWheel(stage, gestures.onZoom);
  const end = ({ pointerId }: PointerEvent) => fingers.current.delete(pointerId);
  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button === 1) return;
      const at = { x: event.clientX, y: event.clientY };
      fingers.current.set(event.pointerId, { at, start: at, dragging: false });
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const finger = fingers.current.get(event.pointerId);
      if (!finger) return;
      const before = finger.at;
      const now = { x: event.clientX, y: event.clientY };
      if (!finger.dragging && distance(now, finger.start) < DRAG_STARTS_PX) return;
      // Captured only now: a captured pointer's click would no longer reach the box under it.
      if (!finger.dragging) event.currentTarget.setPointerCapture(event.pointerId);
      finger.dragging = true;
      finger.at = now;
      const by = { x: now.x - before.x, y: now.y - before.y };
      const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1].at;
      if (event.buttons & 2) gestures.onWindow(by.x, by.y);
      else if (other) pinch(event.currentTarget, before, now, other, gestures);
      else gestures.onPan(by);
    },
    onPointerUp: end,
    onPointerCancel: end,
    onContextMenu: (event: { preventDefault(): void }) => event.preventDefault(),
  };
}

function pinch(stage: HTMLElement, before: Point, now: Point, other: Point, gestures: Gestures): void {
  const corner = stage.getBoundingClientRect();
  const middle = { x: (now.x + other.x) / 2 - corner.left, y: (now.y + other.y) / 2 - corner.top };
  gestures.onZoom(distance(now, other) / Math.max(1, distance(before, other)), middle);
  gestures.onPan({ x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 });
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** React's own wheel listener is passive, so the page would scroll along. */
function useWheel(stage: RefObject<HTMLElement | null>, onZoom: Gestures['onZoom']): void {
  const zoom = useEffectEvent(onZoom);
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const corner = element.getBoundingClientRect();
      const at = { x: event.clientX - corner.left, y: event.clientY - corner.top };
      zoom(wheelFactor(event.deltaY, event.deltaMode), at);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [stage]);
}
