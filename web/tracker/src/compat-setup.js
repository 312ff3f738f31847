// Before the tracker starts: what the script of another product was asked for, in the attributes that the tracker reads.

const script = document.currentScript;
const { dataset } = script || { dataset: {} };
const paq = window._paq;
const asked = (command) => Array.isArray(paq) && paq.some((call) => call && call[0] == command);

if (script) {
  const name = /([^/?#]*)([?#].*)?$/.exec(script.src)[1];
  // Under the path of another product's script the endpoints stand where that product's directory does.
  if (!name.startsWith("hk")) dataset.endpoint = dataset.endpoint || script.src.replace(/(js\/)?[^/?#]*([?#].*)?$/, "");

  // Plausible names what its script does in the script's name.
  const parts = name.split(".");
  if (parts.includes("hash")) dataset.hashRouting = "true";
  if (parts.includes("manual") || dataset.autoTrack == "false" || Array.isArray(paq)) dataset.manual = "";
  if (parts.includes("outbound-links") || asked("enableLinkTracking")) dataset.enableOutboundTracking = "true";
  if (parts.includes("file-downloads") || asked("enableLinkTracking")) dataset.enableDownloadTracking = "true";
  if (asked("requireConsent")) dataset.consent = "";

  // Umami counts on these hosts alone.
  const hosts = dataset.domains && dataset.domains.split(",").map((host) => host.trim());
  if (hosts && !hosts.includes(location.hostname)) {
    const nothing = () => {};
    window.hk = { _bootstrapped: 1, event: nothing, pageview: nothing, consent: nothing };
  }
}
