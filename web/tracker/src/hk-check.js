// What hk.js loads where the address asks: #hk-ignore is a link by which a person leaves this browser out, or counts it
// again.

(() => {
  const hk = window.hk;
  if (!hk || !hk._page || hk._checked) return;
  hk._checked = 1;
  if (location.hash != "#hk-ignore") return;
  history.replaceState(history.state, "", location.pathname + location.search);

  let ignored;
  try {
    ignored = localStorage.hk_ignore;
  } catch {
    // storage is switched off: there is nothing to leave out by
    return;
  }
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
})();
