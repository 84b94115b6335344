/** What a reader sees first. */
export function EmptyRoom({ onChoose }: { onChoose(): void }) {
  return (
    <div className="stage-message">
      <div className="empty">
        <svg className="empty-film" viewBox="0 0 120 132" aria-hidden="true">
          <path d="M60 20v96" />
          <path d="M50 26c-20-4-33 8-36 24M50 42c-18-3-31 6-34 22M50 58c-17-2-29 6-31 20M50 74c-15-1-25 6-27 17M50 90c-12 0-20 5-22 13" />
          <path d="M70 26c20-4 33 8 36 24M70 42c18-3 31 6 34 22M70 58c17-2 29 6 31 20M70 74c15-1 25 6 27 17M70 90c12 0 20 5 22 13" />
        </svg>
        <h1>Drop a chest radiograph</h1>
        <p>
          Frontal views as JPEG, PNG or DICOM, one file or many. The model marks possible findings; you decide
          what they are.
        </p>
        <button type="button" className="primary" onClick={onChoose}>
          Choose files
        </button>
        <p className="empty-samples">
          None at hand? <code>npm run sample</code> writes synthetic radiographs, of no real person, to{' '}
          <code>samples/</code>.
        </p>
      </div>
    </div>
  );
}
