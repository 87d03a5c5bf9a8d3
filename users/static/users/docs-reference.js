/* The reference: Swagger UI over the service's own OpenAPI document, asking nobody else. */
"use strict";

// Swagger UI has a dark look of its own, for a page that says so.
const dark = matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", dress);
dress();

// The service may have several names; the policy lets a page ask the one that it came from.
const askHere = (request) => {
  const asked = new URL(request.url, location.href);
  request.url = location.origin + asked.pathname + asked.search;
  return request;
};

// A link within the button that opens an operation would be a button within a button.
const plainTitles = () => ({ components: { DeepLink: ({ text }) => text } });

// What Swagger UI leaves without a name, or out of reach of the keyboard.
const nameOf = (field) =>
  field.id === "servers" ? "Server" : field.closest("tr")?.querySelector(".parameter__name")?.firstChild?.textContent ?? "Value";
const helpOut = (place) => {
  for (const field of place.querySelectorAll(":is(select, input, textarea):not([aria-label])")) {
    if (!field.labels?.length || field.id === "servers") field.setAttribute("aria-label", nameOf(field));
  }
  for (const block of place.querySelectorAll("pre:not([tabindex])")) block.tabIndex = 0;
  for (const button of place.querySelectorAll(".close-modal:not([aria-label])")) button.setAttribute("aria-label", "Close");
  for (const button of place.querySelectorAll(".modal-btn[aria-label]")) button.removeAttribute("aria-label");
};

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("swagger");
  new MutationObserver(() => helpOut(place)).observe(place, { childList: true, subtree: true });
  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    displayOperationId: true,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: false,
    tryItOutEnabled: true,
    validatorUrl: null,
    showCommonExtensions: true,
    plugins: [plainTitles],
    requestInterceptor: askHere,
  });
});
