import { useRef, type ReactNode } from 'react';
import { useCommands } from '../app/use-command';

/** Every kind of file the application reads; DICOM files often have no extension, so the server has the last word. */
const ACCEPTED = 'image/jpeg,image/png,application/dicom,.jpg,.jpeg,.png,.dcm,.dicom';

interface FileChooserProps {
  onFiles(files: File[]): void;
  children(choose: () => void): ReactNode;
}

/** One hidden file input for the page; its button is drawn by the caller. */
export function FileChooser({ onFiles, children }: FileChooserProps) {
  const input = useRef<HTMLInputElement>(null);
  const choose = () => input.current?.click();
  useCommands({ 'open-file': choose });
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        accept={ACCEPTED}
        aria-label="Radiograph files"
        className="visually-hidden"
        tabIndex={-1}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
      {children(choose)}
    </>
  );
}
