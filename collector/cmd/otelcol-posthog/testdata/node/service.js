// A service with one LLM call. NEXT is called with the session, FOREIGN without.
const { withSession, trusted } = require('./tracing.js');
const http = require('node:http');
const { trace } = require('@opentelemetry/api');

const call = (url) => new Promise((resolve, reject) => {
  http.get(url, (res) => { res.resume(); res.on('end', resolve); }).on('error', reject);
});

const answer = () => trace.getTracer('assistant').startActiveSpan('chat gpt-4o', {
  attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', service: process.env.NAME },
}, async (span) => {
  if (process.env.FOREIGN) await call(process.env.FOREIGN);
  if (process.env.NEXT) await trusted(() => call(process.env.NEXT));
  span.end();
});

http.createServer(async (req, res) => {
  try {
    await (process.env.EDGE ? withSession(req.headers, answer) : answer());
    res.end('ok');
  } catch (err) {
    res.statusCode = 500;
    res.end(String(err));
  }
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening'));
