/**
 * In ms. The processes of a figure have just started, and V8 compiles their code while it runs; a service runs for
 * longer.
 */
export const warmUp = 1500
