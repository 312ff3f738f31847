// What pages count when they ask for it: clicks on links out, downloads, forms, pages that are not there, and elements
// that name their own event. hk.js loads it, and it sends through hk.js. Names and properties are those of the original's
// script.

(() => {
  const hk = window.hk;
  if (!hk || !hk._page || hk._extra) return;
  hk._extra = 1;
  const { dataset } = hk._page.script;
  const asked = (what) => dataset["enable" + what + "Tracking"] == "true";

  const FILES = new Set(
    (
      "7z avi csv doc docx epub gz ics jpeg jpg json key mov mp3 mp4 pdf png ppt pptx rar rtf svg tar tgz txt webp xls " +
      "xlsx xml zip"
    ).split(" "),
  );
  /** An element, or one around it, that names its own event: what is counted there is its own business. */
  const NAMED = "[data-hk-event],[data-hitkeep-event]";

  const tellLink = (link) => {
    let url;
    try {
      url = new URL(link.href, location.href);
    } catch {
      return;
    }
    if (!/^https?:$/.test(url.protocol)) return;
    if (url.hostname != location.hostname) {
      if (!asked("Outbound")) return;
      hk.event("outbound_click", {
        target_host: url.hostname,
        target_path: url.pathname,
        target_protocol: url.protocol.slice(0, -1),
      });
      return;
    }
    const ending = /\.([a-z0-9]+)$/i.exec(url.pathname);
    const known = ending && FILES.has(ending[1].toLowerCase());
    if (!asked("Download") || !(known || link.hasAttribute("download"))) return;
    hk.event("file_download", {
      file_host: url.hostname,
      file_path: url.pathname,
      file_ext: known ? ending[1].toLowerCase() : "unknown",
    });
  };

  /** The event that an element names, with its properties (data-hk-prop-plan="pro"). */
  const tellNamed = (element) => {
    const props = {};
    for (const { name, value } of element.attributes) {
      const prop = /^data-(?:hk|hitkeep)-prop-(.+)$/.exec(name);
      if (prop) props[prop[1]] = value;
    }
    const name = element.dataset.hkEvent || element.dataset.hitkeepEvent;
    if (name) hk.event(name, props);
  };

  const click = (event) => {
    if (event.type == "auxclick" ? event.button != 1 : event.button != 0) return;
    const target = event.target instanceof Element ? event.target : event.target.parentElement;
    const named = target && target.closest(NAMED);
    if (named) {
      if (asked("Element") && named.tagName != "FORM") tellNamed(named);
      return;
    }
    const link = target && target.closest("a[href],area[href]");
    if (link && !link.closest("form")) tellLink(link);
  };

  const submit = ({ target: form, submitter }) => {
    const named = form.closest(NAMED) || (submitter && submitter.closest(NAMED));
    if (named) {
      if (asked("Element") && named == form) tellNamed(form);
      return;
    }
    if (!asked("Form")) return;
    let action;
    try {
      // A field that is called "action" hides the property.
      action = new URL(form.getAttribute("action") || location.pathname, location.href);
    } catch {
      return;
    }
    const id = form.getAttribute("id");
    hk.event("form_submit", {
      action_host: action.hostname,
      action_path: action.pathname,
      method: (form.getAttribute("method") || "get").toLowerCase(),
      same_origin: action.origin == location.origin,
      ...(id && { form_id: id }),
    });
  };

  document.addEventListener("click", click, true);
  document.addEventListener("auxclick", click, true);
  document.addEventListener("submit", submit, true);

  if (asked("NotFound")) {
    const [load] = performance.getEntriesByType("navigation");
    // Nobody did anything: such a visit may well be a bounce.
    if (load && load.responseStatus == 404)
      hk.event(
        "not_found",
        { path: location.pathname, from: document.referrer.split(/[?#]/)[0] },
        { interactive: false },
      );
  }
})();
