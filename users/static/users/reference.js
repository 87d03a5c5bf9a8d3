/* The OpenAPI document, shown by Swagger UI; nothing is remembered, and nobody else is asked. */
"use strict";
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

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

  followTheme();
  dark.addEventListener("change", followTheme);
  new MutationObserver(followTheme).observe(root, { attributeFilter: ["data-theme"] });

  const place = document.getElementById("swagger");
  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: askHere,
  });
}
