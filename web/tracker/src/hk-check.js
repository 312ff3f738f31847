// What hk.js loads where the address asks: #hk-check=CODE, with which the dashboard opened the page, tells by that code what
// the script finds here; #hk-ignore is a link by which a person leaves this browser out, or counts it again.

(() => {
  const hk = window.hk;
  if (!hk || !hk._page || hk._checked) return;
  hk._checked = 1;
  const { script } = hk._page;
  const { dataset } = script;
  const [, what, code] = /^#hk-(check|ignore)=?(.*)/.exec(location.hash) || [];
  if (!what) return;
  history.replaceState(history.state, "", location.pathname + location.search);

  let ignored;
  try {
    ignored = localStorage.hk_ignore;
  } catch {
    // storage is switched off: there is nothing to leave out by
    return;
  }
  if (what == "ignore") {
    const [out, again] = {
      de: ["Diesen Browser aus der Statistik herauslassen?", "Diesen Browser wieder zählen?"],
      es: ["¿Dejar este navegador fuera de las estadísticas?", "¿Volver a contar este navegador?"],
      fr: ["Laisser ce navigateur hors des statistiques ?", "Compter à nouveau ce navigateur ?"],
      it: ["Lasciare questo browser fuori dalle statistiche?", "Contare di nuovo questo browser?"],
      nl: ["Deze browser buiten de statistiek laten?", "Deze browser weer tellen?"],
      pt: ["Deixar este navegador fora das estatísticas?", "Contar de novo este navegador?"],
    }[navigator.language.slice(0, 2)] || ["Leave this browser out of the statistics?", "Count this browser again?"];
    if (!window.confirm(`${location.hostname}: ${ignored ? again : out}`)) return;
    if (ignored) delete localStorage.hk_ignore;
    else localStorage.hk_ignore = 1;
    return;
  }
  fetch(new URL("ingest/check", dataset.endpoint || script.src), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    credentials: "omit",
    body: JSON.stringify({
      code,
      host: location.hostname,
      do_not_track: navigator.doNotTrack == "1" && dataset.collectDnt != "true",
      privacy_control: !!navigator.globalPrivacyControl,
      opted_out: !!ignored,
      waits: "consent" in dataset,
      manual: "manual" in dataset,
      insecure: location.protocol == "https:" && /^http:/.test(script.src),
    }),
  }).catch(() => {
    // The dashboard says that nothing came.
  });
})();
