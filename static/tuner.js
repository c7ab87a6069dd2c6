// The tuner: shares follow the sliders before the server answers, and the address follows what is tried, so that a
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
      if (asked) share.textContent = form.dataset.shareWords.replace("{share}", total ? Math.round((100 * counts[n]) / total) : 0);
      input.setAttribute("aria-valuetext", `${input.value}, ${share.textContent}`);
    });
  };

  const keepAddress = () => {
    const query = new URLSearchParams(new FormData(form));
    query.delete("csrfmiddlewaretoken");
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
  };

  form.querySelectorAll("[data-without-scripts]").forEach((button) => { button.hidden = true; });
  form.addEventListener("input", showShares);
  form.addEventListener("change", keepAddress);
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    form.addEventListener(failure, () => { said.textContent = said.dataset.failed; });
  }
  showShares();
})();
