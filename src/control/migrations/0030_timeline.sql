-- Which timeline of the log the offset is of; null: it was stored before logs had timelines.
ALTER TABLE lane ADD COLUMN timeline BLOB;
