const { configure } = require('./test/support/jest-projects');

module.exports = configure('e2e');
