-- Which timeline of the log the offset is of; null: it was stored before logs had timelines.
ALTER TABLE applied ADD COLUMN timeline UUID;
