/* The OpenAPI document, shown by Swagger UI; nothing is remembered, and nobody else is asked. */
"use strict";
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const place = document.getElementById("swagger");

  /* Swagger UI has a dark look of its own, by a class. */
  function followTheme() {
    const { theme } = root.dataset;
    root.classList.toggle("dark-mode", theme === "dark" || (theme !== "light" && dark.matches));
  }

  /* The service may have several names; the policy lets this page ask the one it came from. */
  function askHere(request) {
    const asked = new URL(request.url, location.href);
    request.url = location.origin + asked.pathname + asked.search;
    return request;
  }

  /* A link within the button that opens an operation would be a button within a button. */
  const plainTitles = () => ({ components: { DeepLink: ({ text }) => text } });

  const nameOf = (field) =>
    field.closest("tr")?.querySelector(".parameter__name")?.firstChild?.textContent ?? "Value";

  /* What Swagger UI leaves without a name, or out of reach of the keyboard. */
  function helpOut() {
    for (const field of place.querySelectorAll(":is(select, input, textarea):not([aria-label])")) {
      if (!field.labels?.length || field.id === "servers") field.setAttribute("aria-label", field.id === "servers" ? "Server" : nameOf(field));
    }
    for (const block of place.querySelectorAll("pre:not([tabindex])")) block.tabIndex = 0;
    for (const button of place.querySelectorAll(".close-modal:not([aria-label])")) button.setAttribute("aria-label", "Close");
    for (const button of place.querySelectorAll(".modal-btn[aria-label]")) button.removeAttribute("aria-label");
  }

  followTheme();
  dark.addEventListener("change", followTheme);
  new MutationObserver(followTheme).observe(root, { attributeFilter: ["data-theme"] });

  new MutationObserver(helpOut).observe(place, { childList: true, subtree: true });
  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [plainTitles],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: askHere,
  });
}
