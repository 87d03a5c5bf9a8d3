/* The OpenAPI document, shown by Swagger UI; nothing is remembered, and nobody else is asked. */
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("swagger");
  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    filter: false,
    persistAuthorization: false,
    validatorUrl: null,
    // The service may have several names; the policy lets this page ask the one it came from.
    requestInterceptor(request) {
      const asked = new URL(request.url, location.href);
      request.url = location.origin + asked.pathname + asked.search;
      return request;
    },
  });
});
