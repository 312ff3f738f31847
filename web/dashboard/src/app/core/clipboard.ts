/** Puts the text of an element on the clipboard; false where the browser refuses. */
export async function copyTextOf(element: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    // Over plain HTTP there is no clipboard API. What is selected can be copied the old way, or with Ctrl+C at least.
    getSelection()?.selectAllChildren(element);
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand("copy");
  }
}
