// Files of the chunks. What the start page needs is asked for at once, while the core still comes; shared
// chunks are pieces of three files, so that a page is a few requests and not fifty.
const early = new Map();
const packs = new Map();

function ahead(names) {
    for (const name of names) {
        const asked = fetch(new URL(name, import.meta.url), { priority: "low" });
        asked.catch(() => {});
        early.set(name, asked);
    }
}

// What was asked for ahead is taken once: who asks again after a failure really asks again.
function file(name) {
    const asked = early.get(name);
    early.delete(name);
    return asked ?? fetch(new URL(name, import.meta.url));
}

async function bytes(name) {
    const answer = await file(name);
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return answer.arrayBuffer();
}

async function piece(name, from, to) {
    if (!packs.has(name)) packs.set(name, bytes(name));
    const all = packs.get(name);
    all.catch(() => packs.delete(name));
    return new Response((await all).slice(from, to), { headers: { "content-type": "application/wasm" } });
}
