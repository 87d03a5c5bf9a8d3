import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");

function verified(headers, body) {
  const [id, at] = [headers["webhook-id"], headers["webhook-timestamp"]];
  if (!(Math.abs(Date.now() / 1000 - at) < 300)) return null;
  const wanted = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest();
  const given = (headers["webhook-signature"] ?? "").split(" ").filter((each) => each.startsWith("v1,"));
  const good = given
    .map((each) => Buffer.from(each.slice(3), "base64"))
    .some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
  return good ? JSON.parse(body) : null;
}

createServer((request, answer) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const notice = verified(request.headers, Buffer.concat(pieces).toString());
    if (notice) console.log(request.headers["webhook-id"], notice.type);
    answer.writeHead(notice ? 204 : 400).end();
  });
}).listen(Number(process.env.PORT ?? 9000));
