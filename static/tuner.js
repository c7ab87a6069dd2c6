// The tuner: shares follow the sliders before the server answers, and the address follows what is shown, so that a
// reload or a way back finds it again. Without this script the form does the same by its button.
(() => {
  const form = document.getElementById("tuner");
  if (!form) return;
  const said = document.getElementById("ranking-said");
  const sliders = [...form.querySelectorAll(".slider")].map((box) => ({
    input: box.querySelector("input"),
    share: box.querySelector(".slider__share"),
    usual: Number(box.dataset.usual),
    asked: !("unasked" in box.dataset),
  }));

  const showShares = () => {
    const unset = sliders.every(({ input }) => Number(input.value) === 0);
    const counts = sliders.map(({ input, usual, asked }) => (asked ? (unset ? usual : Number(input.value)) : 0));
    const total = counts.reduce((sum, count) => sum + count, 0);
    sliders.forEach(({ input, share, asked }, n) => {
      const percent = total ? Math.round((100 * counts[n]) / total) : 0;
      if (asked) share.textContent = form.dataset.shareWords.replace("{share}", percent);
      input.setAttribute("aria-valuetext", `${input.value}, ${share.textContent}`);
    });
  };

  const address = () => {
    const query = new URLSearchParams(new FormData(form));
    query.delete("csrfmiddlewaretoken");
    return `${location.pathname}?${query}`;
  };

  form.querySelector("[data-without-scripts]").hidden = true;
  form.addEventListener("input", showShares);
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const answered = new URL(detail.xhr.responseURL).pathname;
    if (detail.requestConfig.elt !== form || answered === location.pathname) return;
    // Signed out meanwhile: the page for signing in is no ranking.
    detail.shouldSwap = false;
    location.assign(address());
  });
  document.getElementById("ranking").addEventListener("htmx:afterSwap", () => {
    history.replaceState(history.state, "", address());
  });
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    form.addEventListener(failure, () => { said.textContent = said.dataset.failed; });
  }
  showShares();
})();
