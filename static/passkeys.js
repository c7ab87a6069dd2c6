// Shows what needs passkeys where the browser knows them, and says so where it does not; tells why a try failed.
(function () {
  "use strict";
  const known = Boolean(window.PublicKeyCredential) && window.isSecureContext;
  for (const element of document.querySelectorAll("[data-passkeys]")) element.hidden = !known;
  for (const element of document.querySelectorAll("[data-no-passkeys]")) element.hidden = known;
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    for (const element of document.querySelectorAll("[data-passkey-failed]")) element.hidden = false;
  });
})();
