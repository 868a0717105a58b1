// Notes what `setTimeout` is asked for, and runs the program.

const waits = [];
const { setTimeout } = globalThis;
globalThis.setTimeout = (callback, milliseconds, ...rest) => {
    waits.push(milliseconds);
    return setTimeout(callback, milliseconds, ...rest);
};
globalThis.takeWaits = () => Uint32Array.from(waits.splice(0));

const program = require("./program.js");

// A promise that nothing settles any more lets Node.js end: that is a failure too.
process.exitCode = 1;

async function main() {
    await program.run();
    const answer = await program.third_time_for_javascript();
    if (answer !== 3) {
        throw new Error(`the third attempt answered ${answer}`);
    }
    console.log("all is well on wasm");
    process.exitCode = 0;
}

main();
