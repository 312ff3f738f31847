/**
 * Listens to a site's event stream. `changed` runs when figures moved, and when the stream comes back after a break,
 * since moves may have been missed. The browser reconnects by itself except after a refusal; then we try again later.
 */
export class Realtime {
  private static readonly kRetryMs = 5_000;

  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private broken = false;

  constructor(
    private readonly url: string,
    private readonly changed: () => void,
  ) {
    this.open();
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
  }

  private open(): void {
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener("open", () => {
      if (this.broken) this.changed();
      this.broken = false;
    });
    source.addEventListener("analytics.changed", () => this.changed());
    source.addEventListener("analytics.resync", () => this.changed());
    source.addEventListener("error", () => {
      this.broken = true;
      if (source.readyState !== EventSource.CLOSED) return;
      this.timer = setTimeout(() => this.open(), Realtime.kRetryMs);
    });
  }
}
