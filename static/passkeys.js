// Shows what needs passkeys where the browser and the address know them, and says so where not; tells that a try failed.
(function () {
  "use strict";
  // A passkey belongs to a name: an address in numbers has none.
  const inNumbers = /^[\d.]+$|:/.test(window.location.hostname);
  const known = Boolean(window.PublicKeyCredential) && window.isSecureContext && !inNumbers;
  for (const element of document.querySelectorAll("[data-passkeys]")) element.hidden = !known;
  for (const element of document.querySelectorAll("[data-no-passkeys]")) element.hidden = known;
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    for (const element of document.querySelectorAll("[data-passkey-failed]")) element.hidden = false;
  });
})();
