export { registerMetrics, type MeasuredConnection, type MetricsOptions } from './register-metrics.js';
