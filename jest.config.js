const { configure } = require('./test/support/jest-projects');

module.exports = configure('unit', 'integration', 'workflows');
