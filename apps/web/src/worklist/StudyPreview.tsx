import { useEffect, useRef, useState } from 'react';

const LONGEST_SIDE = 900;

/** The file itself, dimmed, while the server reads it. DICOM files have no preview: browsers cannot decode them. */
export function StudyPreview({ file }: { file: File | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    if (!file) return;
    let gone = false;
    createImageBitmap(file).then(
      (bitmap) => {
        const target = canvas.current;
        if (!gone && target) {
          const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
          target.width = Math.max(1, Math.round(bitmap.width * scale));
          target.height = Math.max(1, Math.round(bitmap.height * scale));
          target.getContext('2d')?.drawImage(bitmap, 0, 0, target.width, target.height);
          setDrawn(true);
        }
        bitmap.close();
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [file]);
  return <canvas ref={canvas} className="preview" data-drawn={drawn} aria-hidden="true" />;
}
