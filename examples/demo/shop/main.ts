/** The shop: an ordinary HTTP service over Sequelize. It runs in a process of its own and tells its parent the port. */
export {};

try {
  const { startShop } = await import('./server.js');
  process.send?.({ port: await startShop() });
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
