import { commandOf } from './command';

const press = (key: string, modifiers = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...modifiers,
});

it('knows keys in both cases', () => {
  expect(commandOf(press('h'), 'elsewhere')).toBe('toggle-boxes');
  expect(commandOf(press('H'), 'elsewhere')).toBe('toggle-boxes');
  expect(commandOf(press('Escape'), 'elsewhere')).toBe('clear-selection');
});

it('leaves text, dialogs and the browser their keys', () => {
  expect(commandOf(press('f'), 'text')).toBeNull();
  expect(commandOf(press('f'), 'dialog')).toBeNull();
  expect(commandOf(press('f', { ctrlKey: true }), 'elsewhere')).toBeNull();
  expect(commandOf(press('r', { metaKey: true }), 'elsewhere')).toBeNull();
});

it.each(['Tab', 'Enter', 'toString', 'a'])('does nothing on %s', (key) => {
  expect(commandOf(press(key), 'elsewhere')).toBeNull();
});
