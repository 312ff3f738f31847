import { Injectable } from "@angular/core";
import { ɵSharedStylesHost as SharedStylesHost } from "@angular/platform-browser";

/**
 * Takes the styles of components, ours and the CDK's, into style sheets of the document. Angular would write <style>
 * elements, which the policy `style-src 'self'` forbids; a sheet made by a script is no markup. What was needed once
 * stays: it comes back with the next page, and every rule begins with its component's own class.
 */
@Injectable()
export class AdoptedStyles extends SharedStylesHost {
  private readonly adopted = new Set<string>();

  override addStyles(styles: string[], urls?: string[]): void {
    for (const text of styles) {
      if (this.adopted.has(text)) continue;
      this.adopted.add(text);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      document.adoptedStyleSheets.push(sheet);
    }
    // The development server names files, so that it can change them in place.
    super.addStyles([], urls);
  }

  override removeStyles(_styles: string[], urls?: string[]): void {
    super.removeStyles([], urls);
  }
}
